;; hostile-token
;;
;; A SIP-010 token whose transfers do whatever `set-mode` says: refuse, pretend, take what belongs
;; to the signer, or call back into the protocol. Anybody may mint.

(impl-trait .sip-010-trait.sip-010-trait)

(define-fungible-token bad)

(define-constant thief tx-sender)

(define-data-var mode (string-ascii 20) "honest")

(define-public (set-mode (new-mode (string-ascii 20)))
  (ok (var-set mode new-mode)))

(define-public (mint (amount uint) (recipient principal))
  (ft-mint? bad amount recipient))

(define-read-only (get-name) (ok "Hostile Token"))
(define-read-only (get-symbol) (ok "BAD"))
(define-read-only (get-balance (who principal)) (ok (ft-get-balance bad who)))
(define-read-only (get-total-supply) (ok (ft-get-supply bad)))
(define-read-only (get-token-uri) (ok none))

(define-public (get-decimals)
  (if (is-eq (var-get mode) "no-decimals")
    (err u777)
    (if (is-eq (var-get mode) "many-decimals")
      (ok u19)
      (begin
        (if (is-eq (var-get mode) "steal-stx")
          (try! (stx-transfer? u1000000 tx-sender thief))
          true)
        (ok u6)))))

(define-private (is-mode (name (string-ascii 20)))
  (is-eq (var-get mode) name))

;; The result of every attempt is ignored: what fails must fail without a trace.
(define-private (misbehave)
  (if (not (is-eq tx-sender .liquidity-pool))
    false
    (if (is-mode "steal-stx")
      (is-ok (stx-transfer? u1000 tx-sender thief))
      (if (is-mode "steal-token")
        (is-ok (contract-call? .mock-token transfer u1000 tx-sender thief none))
        (if (is-mode "take-more")
          (is-ok (ft-transfer? bad u1 tx-sender thief))
          (if (is-mode "claim-premiums")
            (is-ok (contract-call? .liquidity-pool claim-premiums))
            (if (is-mode "withdraw")
              (is-ok (contract-call? .liquidity-pool withdraw-collateral
                u1000 .mock-token "balanced"))
              (if (is-mode "deposit")
                (is-ok (contract-call? .liquidity-pool deposit-collateral
                  u1000 .mock-token "balanced"))
                (if (is-mode "purchase")
                  (is-ok (contract-call? .policy-registry purchase-policy
                    u1000000 u60000000000 u4320 "balanced" thief .mock-token
                    u1000000000 .liquidity-pool))
                  (if (is-mode "stake")
                    (is-ok (contract-call? .governance stake u1000))
                    false))))))))))

(define-public (transfer
    (amount uint)
    (sender principal)
    (recipient principal)
    (memo (optional (buff 34))))
  (begin
    (print { event: "hostile-transfer", misbehaved: (misbehave), memo: memo })
    (asserts! (not (is-mode "refuse")) (err u777))
    (asserts! (or (is-eq sender tx-sender) (is-eq sender contract-caller)) (err u778))
    (if (is-mode "pretend")
      (ok true)
      (ft-transfer? bad amount sender recipient))))
