;; mock-token
;;
;; A SIP-010 token that its deployer mints. It stands for a collateral token in the simnet and on a
;; devnet; it is never registered with the protocol and never deployed to mainnet.

(impl-trait .sip-010-trait.sip-010-trait)

(define-constant err-unauthorized u403)

(define-constant minter tx-sender)
(define-constant token-decimals u6)

(define-fungible-token mock)

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-name)
  (ok "Mock Token"))

(define-read-only (get-symbol)
  (ok "MOCK"))

(define-read-only (get-decimals)
  (ok token-decimals))

(define-read-only (get-balance (who principal))
  (ok (ft-get-balance mock who)))

(define-read-only (get-total-supply)
  (ok (ft-get-supply mock)))

(define-read-only (get-token-uri)
  (ok none))

;; --- public ------------------------------------------------------------------------------------

(define-public (transfer
    (amount uint)
    (sender principal)
    (recipient principal)
    (memo (optional (buff 34))))
  (begin
    (asserts! (or (is-eq sender tx-sender) (is-eq sender contract-caller)) (err err-unauthorized))
    (try! (ft-transfer? mock amount sender recipient))
    (match memo
      note (begin
        (print note)
        true)
      true)
    (ok true)))

;; Mints any amount, in the smallest unit. For the deployer (403). The chain's own codes of `ft-mint?`: u1
;; for an amount of zero.
(define-public (mint (amount uint) (recipient principal))
  (begin
    (asserts! (is-eq tx-sender minter) (err err-unauthorized))
    (ft-mint? mock amount recipient)))
