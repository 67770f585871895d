;; outsider
;;
;; A contract without a role that knocks at every door meant for protocol contracts only.

(use-trait ft-trait .sip-010-trait.sip-010-trait)

(define-public (record-metric)
  (contract-call? .analytics record-metric "forged" u1))

(define-public (record-activity)
  (contract-call? .incentives record-activity tx-sender "purchase" u1000000))

(define-public (consume-quota (victim principal))
  (contract-call? .parameter-contract check-rate-limit "purchase" victim))

(define-public (trip-breaker)
  (contract-call? .parameter-contract trip-circuit-breaker "oracle-deviation" u1000000))

(define-public (take-fee)
  (contract-call? .treasury process-fee u1000000))

(define-public (draw-on-fund)
  (contract-call? .insurance-fund cover-shortfall u1 u1000000))

(define-public (file-settlement-dispute)
  (contract-call? .dispute-resolution file-dispute "settlement" u1
    0xabababababababababababababababababababababababababababababababab))

(define-public (register-p2p (provider principal))
  (contract-call? .policy-registry register-p2p-policy
    tx-sender provider .mock-token "balanced" u10000000 u60000000000 u1000000 u4320))

(define-public (expire (policy-id uint))
  (contract-call? .policy-registry expire-policy policy-id))

(define-public (lock (provider principal))
  (contract-call? .liquidity-pool lock-collateral
    u1 provider .mock-token "balanced" u1000000 u1000000))

(define-public (underwrite (provider principal))
  (contract-call? .liquidity-pool underwrite-p2p
    tx-sender provider .mock-token "balanced" u10000000 u60000000000 u1000000 u4320))

(define-public (claim (policy-id uint) (token <ft-trait>))
  (contract-call? .liquidity-pool settle-claim policy-id tx-sender u1000000 token))

(define-public (seize (provider principal))
  (contract-call? .liquidity-pool seize-collateral
    provider .mock-token "balanced" u1000000 u1000000 u1000000 tx-sender))

(define-public (set-parties)
  (contract-call? .dispute-resolution set-parties u1 tx-sender tx-sender))

(define-public (become-admin)
  (contract-call? .upgrade-manager transfer-admin current-contract))

(define-public (set-parameter)
  (contract-call? .parameter-contract set-parameter "protocol-fee-rate" u0))

(define-public (stop-everything)
  (contract-call? .parameter-contract activate-circuit-breaker "action-all"))

;; An admin who signs a call of this contract lends it no rights.
(define-public (lure (amount uint) (recipient principal))
  (contract-call? .treasury withdraw-reserve amount recipient))
